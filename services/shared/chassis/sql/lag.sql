-- name: read_offsets
-- Where the effects of consumer groups end in a cluster's partitions.
SELECT consumer_group, topic, partition, next_offset
FROM consumer_offset
WHERE cluster_id = $1 AND consumer_group = ANY($2::text[]);
