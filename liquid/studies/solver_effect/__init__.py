"""Does a better solver make a better forecast?"""
