"""Pictures of the layout: asking for them, seeing and keeping them."""
