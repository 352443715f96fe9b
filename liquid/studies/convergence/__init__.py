"""How far is a solver from the layer's own ODE?"""
