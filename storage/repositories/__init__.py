"""Every query of one workspace, by the thing that it reads or writes."""
