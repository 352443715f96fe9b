"""The article that this project started from, claim by claim: each one measured, its verdict computed."""
