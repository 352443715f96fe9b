# The app with PyTorch for processors alone: no GPU libraries, no compiler, no root.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    OMP_NUM_THREADS=1

# 1000 is also the user that a Hugging Face Space starts a container as.
RUN useradd --create-home --uid 1000 liquid
WORKDIR /app

# Torch first and from its own index: the package on PyPI brings 2 GB of GPU libraries.
COPY requirements.txt .
RUN pip install --index-url https://download.pytorch.org/whl/cpu "$(grep '^torch==' requirements.txt)" \
 && pip install -r requirements.txt

# What goes in is listed in .dockerignore. Root owns it, so the app cannot change itself.
COPY . .
# Machine code of the scan and the gated networks, for the processor that builds: where it runs on another kind, it is compiled anew.
RUN python -c "import torch; from liquid.dynamics import scan; from liquid.models import network; \
        [scan.ready(True, dtype) for dtype in scan.DTYPES]; network.warm()" \
 && chmod -R a+rX,go-w liquid/dynamics
USER liquid
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

# An address is given so that Streamlit does not ask a stranger for this machine's own one.
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
