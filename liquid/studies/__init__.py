"""The questions: each a config in, a result table out."""
