Feature: The harness itself

  Background:
    Given an empty graph

  Scenario: passes: an error before anything is run
    When executing query:
      """
      RETURN 1.50 AS float, {b: [1, null], a: 'it''s'} AS map
      """
    Then a SyntaxError should be raised at compile time: UnexpectedSyntax

  Scenario Outline: passes: <value> is read and written
    And parameters are:
      | value | <value> |
    When executing query:
      """
      RETURN $value AS a, <value> AS b
      """
    Then the result should be, in any order:
      | b       | a       |
      | <value> | <value> |
    And no side effects

    Examples:
      | value                |
      | {b: [1, null], a: 2} |
      | 'a \| b'             |
      | -1.5e3               |

  Scenario: passes: a set-up of several clauses
    And having executed:
      """
      CREATE (a:A {name: 'a // no comment'}), (b:A:B) // a comment
      WITH *
      UNWIND range(1, 3) AS i
      CREATE (a)-[:R {n: i}]->(b)<-[:S]-(:C {n: i * 2})
      """
    When executing query:
      """
      MATCH p = (a)-[r:R]->(b)<--(c) WHERE r.n = c.n RETURN a, b, r, p
      """
    Then the result should be, in any order:
      | a                           | b      | r           | p |
      | (:A {name: 'a // no comment'}) | (:B:A) | [:R {n: 2}] | <(:A {name: 'a // no comment'})-[:R {n: 2}]->(:A:B)<-[:S]-(:C {n: 2})> |

  Scenario: passes: a named graph
    Given the binary-tree-2 graph
    When executing query:
      """
      MATCH (:A)-[:KNOWS]->()-->(leaf:Y) RETURN leaf.name AS leaf
      """
    Then the result should be, in any order:
      | leaf  |
      | 'c22' |
      | 'c12' |

  Scenario: passes: lists without their order
    When executing query:
      """
      RETURN [1, 2] AS list
      """
    Then the result should be (ignoring element order for lists):
      | list   |
      | [2, 1] |

  Scenario: fails: another order
    When executing query:
      """
      UNWIND [1, 2] AS n RETURN n
      """
    Then the result should be, in order:
      | n |
      | 2 |
      | 1 |

  Scenario: fails: an integer is no float
    When executing query:
      """
      RETURN 1 AS n
      """
    Then the result should be, in any order:
      | n   |
      | 1.0 |

  Scenario: fails: another column
    When executing query:
      """
      RETURN 1 AS n
      """
    Then the result should be, in any order:
      | m |
      | 1 |

  Scenario: fails: no error
    When executing query:
      """
      RETURN 1 AS n
      """
    Then a SyntaxError should be raised at compile time: UndefinedVariable

  Scenario: unsupported: a query that writes
    When executing query:
      """
      MATCH (n) SET n.name = 'x'
      """
    Then the result should be empty

  Scenario: unsupported: a procedure
    And there exists a procedure test.my.proc() :: (out :: INTEGER?):
      | out |
      | 1   |
    When executing query:
      """
      CALL test.my.proc()
      """
    Then the result should be, in any order:
      | out |
      | 1   |

  Scenario: unsupported: a date
    When executing query:
      """
      RETURN date('2020-01-01') AS date
      """
    Then the result should be, in any order:
      | date         |
      | '2020-01-01' |
