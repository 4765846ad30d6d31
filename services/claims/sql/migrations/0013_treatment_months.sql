-- A past month is adjudicated and stated again along an index of its own, not along all claims there are.

CREATE INDEX claim_of_treatment_month ON claim (treatment_month, claim_id);
