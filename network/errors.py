"""Problems the user can fix."""


class ScenarioError(Exception):
    """Something in the user's input is missing or broken.

    ``str()`` is one line that names the file and says what to do.
    """
