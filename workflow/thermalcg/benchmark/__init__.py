"""The routes to the thermal response compared: error, cost, radius, box size; and the speed of sampling."""
