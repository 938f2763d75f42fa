"""What imports share: reading files, telling what is wrong with them, and knowing again what was entered before."""
