"""The tests, by the question they answer: unit, property, simulation, ui, e2e."""
