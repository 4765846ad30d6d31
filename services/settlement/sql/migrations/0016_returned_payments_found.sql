-- What came back, found by itself: few payments do, and the page of them need not read all that were ever made.

CREATE INDEX payment_event_returned ON payment_event (payment_id) WHERE state = 'returned';

CREATE INDEX line_match_return ON line_match (target) WHERE purpose = 'return';
