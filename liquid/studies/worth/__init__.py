"""What is each column worth that a forecast reads?"""
