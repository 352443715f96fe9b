"""What is a liquid neuron?"""

import streamlit as st

st.title("Liquid neural networks")
