/** QR codes, drawn here: what one says goes nowhere else. */
import { encode, type QrCodeGenerateOptions } from 'uqr';

export interface Qr {
  /** Modules along a side, the quiet zone included. */
  size: number;
  /** The dark ones, as the path of an SVG in which a module is one unit. */
  path: string;
}

export function qr(text: string, options: QrCodeGenerateOptions): Qr {
  const { size, data } = encode(text, options);
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return { size, path };
}
