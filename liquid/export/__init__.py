"""Take it along: what a run becomes for other programs. `formats` lists the files, for page and terminal."""
