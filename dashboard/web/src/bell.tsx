/** The alarm bell that gave Tocsin its name. */
export function Bell({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className="bell">
      <path d="M16 4a2 2 0 0 1 2 2v.6c3.5.9 6 4 6 7.900v5.500l2.500 3.500H5.500L8 20v-5.500c0-3.900 2.500-7 6-7.900V6a2 2 0 0 1 2-2z" />
      <path d="M12.500 25h7a3.500 3.500 0 0 1-7 0z" />
    </svg>
  );
}
