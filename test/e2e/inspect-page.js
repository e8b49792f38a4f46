// Runs inside the page, as an expression whose value is `Findings` of page-checks.ts.
;(() => {
  const rgba = (text) => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
    return [r, g, b, a]
  }
  const background = (element) => {
    if (element === null) return [255, 255, 255, 1]
    const own = rgba(getComputedStyle(element).backgroundColor)
    return own[3] === 0 ? background(element.parentElement) : own
  }
  // WCAG 2.2, "relative luminance" and "contrast ratio"
  const luminance = ([r, g, b]) => {
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
  }
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  const ownText = (element) =>
    [...element.childNodes]
      .filter((node) => node.nodeType === 3)
      .map((node) => node.textContent.trim())
      .join('')
  const shown = [...document.body.querySelectorAll('*')].filter((element) => element.checkVisibility())
  const faint = shown.flatMap((element) => {
    const style = getComputedStyle(element)
    const size = Number.parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    const ratio = contrast(rgba(style.color), background(element))
    return ownText(element) !== '' && ratio < (large ? 3 : 4.5) ? [`${ownText(element)}: ${ratio.toFixed(2)}`] : []
  })
  const pressable = shown.filter((element) => element.matches('a, button, input:not([type=hidden])'))
  const nameless = pressable.filter((element) =>
    element instanceof HTMLInputElement ? element.labels.length !== 1 : element.textContent.trim() === '',
  )
  const small = pressable.filter((element) => {
    const { width, height } = element.getBoundingClientRect()
    return Math.min(width, height) < 24 && !element.matches('p.aside > a')
  })
  return {
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    nameless: nameless.map((element) => element.outerHTML),
    faint,
    small: small.map((element) => element.outerHTML),
    lang: document.documentElement.lang,
    headings: document.querySelectorAll('h1').length,
  }
})()
