"""Does a trained filter adapt, and by what?"""
