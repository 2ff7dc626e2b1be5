"""The driver API: what a person does and sees, the clock, faults and the seed."""
