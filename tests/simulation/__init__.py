"""Random histories of laptops, a server, an office and bad luck, held to every invariant.

``world.py`` holds what there is, ``exchanges.py`` what can happen to one exchange,
``history.py`` draws, plays and shortens the steps, ``run.py`` does so on every core. What
people and faults do is split by topic, one module each, listed once in ``topics.py``. A
topic is a plain module; all of it is optional:

- ``RULES: dict[str, tuple[int, Rule]]`` maps a step's name to its weight and a function
  ``(world, chance) -> bool``. Draw everything from ``chance``, so that a seed gives the same
  history; return whether there was anything to do. The first word of a rule's name is a verb.
- hooks, called by name:
  ``begin(world)`` after the world is made, before the first sync;
  ``answered(world, laptop, request, answer)`` when a response leaves the server;
  ``refused(world, laptop, error) -> bool`` when the server refuses a whole request: do what
  the engine does and return True, or return False to leave it to another topic;
  ``received(world, laptop, answer)`` when a laptop took a response in;
  ``moved(world, laptop)`` when a copy became another device;
  ``after_step(world)`` after every step: keep it cheap;
  ``heal(world)`` when the faults stop: mend what this topic broke;
  ``at_rest(world)`` at the end, when everybody is up to date: the expensive predicates.

A predicate says ``world.checked("I8")`` each time it is evaluated and raises
``Violation("I8 ...")`` when it does not hold. State of a topic lives in a dataclass of its own,
made on first use: ``world.own(Revocations)``. ``world.laptops`` may grow and
``world.server`` may be replaced in the middle of a history. A laptop's file may be copied,
replaced or removed between ``laptop.close()`` and ``laptop.open()``.

Histories of sales are twice as long and each is about one theme; ``following.py`` brings rounds and
orders on to their end, and ``reached.py`` counts the states and transitions that histories come to:
``run.py`` prints them, and what was never reached.

A violation names its history: ``run.py --history SEED`` shortens it to a trail, which stays
the same steps when rules are added; kept as a test, it is the proof that it stays mended.
"""
