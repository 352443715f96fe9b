"""How does tau_sys respond to noise?"""
