"""Rules that change a card's percent: periods, thresholds, runs, bonuses, and their rehearsal on real history."""
