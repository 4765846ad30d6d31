"""The field rules' contract, from the protovalidate wheel, so that generated modules can import it. Written by hand."""

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb

IMPORTED = (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2)
DESCRIPTOR = descriptor_pool.Default().AddSerializedFile(validate_pb.desc().proto.to_binary())
