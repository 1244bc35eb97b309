"""What signals say of themselves to the outside: where they are (MAP), what they show and when it changes (SPaT)."""
