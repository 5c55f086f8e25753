"""Surveys: a project that asks customers the same questions by phone, and what they answered."""
