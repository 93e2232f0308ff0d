/** Three pickets and a rail. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0b6a75" />
      <path d="M7 25V11.500L9.750 8l2.750 3.500V25zm6.250 0V9L16 5.500 18.750 9v16zm6.250 0V11.500L22.250 8 25 11.500V25z" fill="#fff" />
      <path d="M5.500 15.250h21v3h-21z" fill="#7fd6d2" />
    </svg>
  );
}
