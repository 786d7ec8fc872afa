"""The drawing area: what is seen of a layout, and the tools that work on it."""
