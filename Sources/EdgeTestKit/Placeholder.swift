import Testing
@Suite struct A { func x() { #expect(1 == 1) } }
