"""Why this forecast?"""
