/** Puts the focus on what a form names with `autofocus`, whatever had it when the dialog came. */
export function focusIn(form: string): void {
  document.querySelector<HTMLElement>(`#${form} [autofocus]`)?.focus();
}
