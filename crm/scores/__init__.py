"""How well parties buy: recency, frequency and monetary value over a year, each as a class of five."""
