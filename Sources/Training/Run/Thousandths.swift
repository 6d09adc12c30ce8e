/// Rounds a number to thousandths, for messages.
func thousandths(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
