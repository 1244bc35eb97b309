"""From a control law down to the plan: what is done with an answer that is late, wrong or blind."""
