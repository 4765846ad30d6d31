"""Writes a llama model of half a megabyte whose weights are random: it speaks, and knows nothing.

    python tests/support/tiny_gguf.py FILE

Run by the engine's own Python (infra/engine.py), which has `gguf`. Two layers of width 64; the vocabulary are three
control tokens, the 256 bytes, and what ASCII prints. The same seed writes the same weights.
"""

import sys
from pathlib import Path

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, FEED_FORWARD, CONTEXT = 64, 2, 4, 128, 4_096
SEED = 3
SPREAD = 0.3
"""With these two it answers now one label, now another, now none."""
TEMPLATE = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
CONTROL = (b"<unk>", b"<s>", b"</s>")
BYTES = tuple(f"<0x{number:02X}>".encode() for number in range(256))
PRINTED = tuple("▁".encode() if number == ord(" ") else bytes([number]) for number in range(32, 127))
TOKENS = (*CONTROL, *BYTES, *PRINTED)


def main(path: Path) -> None:
    """Write the file."""
    writer = gguf.GGUFWriter(path, "llama")
    _shape(writer)
    _vocabulary(writer)
    _weights(writer, np.random.default_rng(SEED))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _shape(writer: gguf.GGUFWriter) -> None:
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(TOKENS))


def _vocabulary(writer: gguf.GGUFWriter) -> None:
    kinds = gguf.TokenType
    writer.add_tokenizer_model("llama")
    writer.add_token_list(list(TOKENS))
    writer.add_token_scores([0.0] * len(TOKENS))
    writer.add_token_types(
        [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * len(BYTES), *[kinds.NORMAL] * len(PRINTED)]
    )
    writer.add_bos_token_id(CONTROL.index(b"<s>"))
    writer.add_eos_token_id(CONTROL.index(b"</s>"))
    writer.add_unk_token_id(CONTROL.index(b"<unk>"))
    writer.add_chat_template(TEMPLATE)


def _weights(writer: gguf.GGUFWriter, chance: np.random.Generator) -> None:
    def random_weights(name: str, *shape: int) -> None:
        writer.add_tensor(name, (chance.standard_normal(shape) * SPREAD).astype(np.float32))

    def ones(name: str) -> None:
        writer.add_tensor(name, np.ones(WIDTH, np.float32))

    random_weights("token_embd.weight", len(TOKENS), WIDTH)
    random_weights("output.weight", len(TOKENS), WIDTH)
    ones("output_norm.weight")
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            random_weights(f"blk.{layer}.{name}.weight", WIDTH, WIDTH)
        for name in ("ffn_gate", "ffn_up"):
            random_weights(f"blk.{layer}.{name}.weight", FEED_FORWARD, WIDTH)
        random_weights(f"blk.{layer}.ffn_down.weight", WIDTH, FEED_FORWARD)
        ones(f"blk.{layer}.attn_norm.weight")
        ones(f"blk.{layer}.ffn_norm.weight")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
