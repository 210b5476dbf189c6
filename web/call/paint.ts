// Puts strokes onto a canvas: the one over a live picture, or the one that is sent.
import { sceneLight } from 'virtual:tokens/call';
import type { Drawn, Point } from './strokes';

const thickness = (width: number, height: number): number =>
  Math.max(2, Math.hypot(width, height) / 220);

export function paint(
  context: CanvasRenderingContext2D,
  strokes: readonly Drawn[],
  width: number,
  height: number,
): void {
  const line = thickness(width, height);
  context.lineCap = context.lineJoin = 'round';
  for (const { stroke } of strokes) {
    const points = stroke.points.map(([x, y]): Point => [x * width, y * height]);
    const [first] = points;
    const last = points[points.length - 1];
    if (!first || !last) continue;
    context.strokeStyle = context.fillStyle = stroke.colour;
    context.lineWidth = line;
    context.beginPath();
    switch (stroke.tool) {
      case 'pen':
        trace(context, points);
        break;
      case 'arrow':
        arrow(context, first, last, line);
        break;
      case 'box':
        context.strokeRect(first[0], first[1], last[0] - first[0], last[1] - first[1]);
        break;
      case 'text':
        write(context, stroke.text ?? '', first, line);
        break;
      case 'pointer':
        spot(context, last, line);
    }
  }
}

function trace(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  const [first, ...rest] = points;
  if (!first) return;
  context.moveTo(...first);
  // A tap is a dot.
  if (!rest.length) context.lineTo(...first);
  for (const point of rest) context.lineTo(...point);
  context.stroke();
}

function arrow(context: CanvasRenderingContext2D, from: Point, to: Point, line: number): void {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  context.moveTo(...from);
  context.lineTo(...to);
  for (const side of [-0.5, 0.5]) {
    context.moveTo(...to);
    context.lineTo(
      to[0] - Math.cos(angle + side) * line * 6,
      to[1] - Math.sin(angle + side) * line * 6,
    );
  }
  context.stroke();
}

function write(context: CanvasRenderingContext2D, text: string, at: Point, line: number): void {
  context.font = `600 ${Math.round(line * 7)}px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = 'middle';
  // Readable on any ground.
  const { fillStyle } = context;
  context.globalAlpha = 0.65;
  context.fillStyle = sceneLight;
  const pad = line * 2;
  context.fillRect(
    at[0] - pad,
    at[1] - line * 5,
    context.measureText(text).width + pad * 2,
    line * 10,
  );
  context.globalAlpha = 1;
  context.fillStyle = fillStyle;
  context.fillText(text, ...at);
}

function spot(context: CanvasRenderingContext2D, at: Point, line: number): void {
  context.arc(at[0], at[1], line * 3, 0, Math.PI * 2);
  context.fill();
  context.globalAlpha = 0.35;
  context.beginPath();
  context.arc(at[0], at[1], line * 6, 0, Math.PI * 2);
  context.fill();
  context.globalAlpha = 1;
}
