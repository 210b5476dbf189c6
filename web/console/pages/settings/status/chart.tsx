// A line of the last hour, small enough to stand under its number.

const width = 240;
const height = 40;

/** `x,y` of each value; the highest touches the top. */
export function outline(values: readonly number[]): string {
  const top = Math.max(...values, Number.MIN_VALUE);
  const step = width / Math.max(values.length - 1, 1);
  const x = (n: number) => Math.round(n * step * 10) / 10;
  const y = (value: number) => Math.round((height - 1 - (value / top) * (height - 2)) * 10) / 10;
  return values.map((value, n) => `${x(n)},${y(value)}`).join(' ');
}

interface ChartProps {
  readonly values: readonly number[];
  /** All it says, for those who do not see it. */
  readonly label: string;
}

export function Chart({ values, label }: ChartProps) {
  if (values.length < 2) return <div class="chart" />;
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <polygon class="chart-area" points={`0,${height} ${outline(values)} ${width},${height}`} />
      <polyline class="chart-line" points={outline(values)} />
    </svg>
  );
}
