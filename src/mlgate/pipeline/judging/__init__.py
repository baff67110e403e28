"""Which policy judges a change, which model this is, and what is read as the judging branch has it."""
