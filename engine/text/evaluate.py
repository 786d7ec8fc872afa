PROJECTION_FILE = "teacher_projection.safetensors"
