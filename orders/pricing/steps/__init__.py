"""The steps of the pipeline, one a file; each takes a draft and returns a new one."""
