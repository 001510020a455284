/**
 * One message in the form in which it is on the wire, an unmasked and final text frame of RFC 6455.
 * It is made once, and written to any number of sockets. Compression is off, so it is the same for
 * all of them.
 */
import type { ServerMessage } from '#console/client/protocol.ts';

/** FIN, and the opcode of a text. */
const FINAL_TEXT = 0x81;
/** The greatest length that the second byte holds by itself. */
const SHORT = 125;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

export function frameOf(message: ServerMessage): Buffer {
  const text = JSON.stringify(message);
  const length = Buffer.byteLength(text);
  const head = length <= SHORT ? 2 : length <= 0xffff ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = FINAL_TEXT;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, head);
  return frame;
}
