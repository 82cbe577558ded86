"""The engine: steps thousands of levels of one native world; knows no goals and no torch."""
