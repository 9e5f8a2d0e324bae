"""Cases, duty hours and members' plates, which reviews hold queries against."""
