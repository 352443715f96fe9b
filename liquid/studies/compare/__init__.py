"""Which model forecasts this series best?"""
