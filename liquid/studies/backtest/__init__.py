"""How good would the forecast have been before?"""
