/** Bound: bytes of a coat of arms as a data address, as the server has it. */
export const ARMS_BYTES = 64 * 1024;

/** Sides to try, in pixels: the largest that fits is taken. A page shows it at 48. */
const SIDES = [256, 192, 144, 112, 80, 56] as const;

/** How a picture is drawn at a size and written as a data address. */
export type Draw = (side: number, type: 'image/png' | 'image/webp') => string;

/**
 * The largest version of a picture that the server takes: PNG while it fits, since every program
 * reads it, else WebP. Null where none fits.
 */
export function fitting(draw: Draw, most: number = ARMS_BYTES): string | null {
  for (const side of SIDES) {
    for (const type of ['image/png', 'image/webp'] as const) {
      const address = draw(side, type);
      // A browser that cannot write WebP answers with PNG.
      if (address.startsWith(`data:${type};base64,`) && address.length <= most) return address;
    }
  }
  return null;
}

/** Reads a picture from a file and makes it fit; null where it is no picture, or none that can be made to fit. */
export async function armsOf(file: Blob): Promise<string | null> {
  const image = await picture(file);
  if (image === null) return null;
  const wide = image.naturalWidth || 256;
  const high = image.naturalHeight || 256;
  return fitting((side, type) => {
    const scale = Math.min(1, side / Math.max(wide, high));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(wide * scale));
    canvas.height = Math.max(1, Math.round(high * scale));
    const pen = canvas.getContext('2d');
    if (pen === null) return '';
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL(type, 0.9);
  });
}

/** By a data address: the page's policy allows no other picture that is not the server's. */
function picture(file: Blob): Promise<HTMLImageElement | null> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onerror = () => resolve(null);
    reader.onload = () => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => resolve(null);
      image.src = String(reader.result);
    };
    reader.readAsDataURL(file);
  });
}
