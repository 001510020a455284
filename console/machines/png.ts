/** A picture in pixels, drawn by the browser. */

/** Browsers draw on no larger canvas. */
const MOST_PIXELS = 8_000;

/** Twice as fine as on the screen, where the browser can. Rejects if the browser draws nothing. */
export async function pngOf(svg: Blob, { width, height }: { readonly width: number; readonly height: number }): Promise<Blob> {
  const scale = Math.min(2, MOST_PIXELS / width, MOST_PIXELS / height);
  const url = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(width * scale);
    canvas.height = Math.ceil(height * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((png) => (png === null ? reject(new Error('The browser drew nothing')) : resolve(png)), 'image/png');
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
