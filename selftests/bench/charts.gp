# SPDX-License-Identifier: GPL-2.0
# Pictures of the bench, drawn of what points.awk has written here.
set terminal svg noenhanced size 760,440 font "sans-serif,13" background rgb "white"
set grid back linecolor rgb "#dddddd"
set key top left
linux = "#b0413e"
ours = "#2a6f97"

set style line 1 linecolor rgb linux linewidth 2 pointtype 7
set style line 2 linecolor rgb ours linewidth 2 pointtype 7
set style line 3 linecolor rgb linux dashtype 2 pointtype 6
set style line 4 linecolor rgb ours dashtype 2 pointtype 6

# A run of some boots only has not all of them.
there(data) = system("test -s " . data . " && echo 1 || echo 0") + 0

if (there("scale-scattered-linux.dat")) {
	set style data linespoints
	set logscale xy
	set xlabel "pages"

	set output "bench-exits.svg"
	set title "VMGEXITs of one request, to shared (6.12)"
	set ylabel "VMGEXITs"
	plot "scale-scattered-linux.dat" linestyle 1 title "scattered, Linux", \
	     "scale-scattered-ghcb253.dat" linestyle 2 title "scattered, snp_psc", \
	     "scale-contiguous-linux.dat" linestyle 3 title "contiguous, Linux", \
	     "scale-contiguous-ghcb253.dat" linestyle 4 title "contiguous, snp_psc"

	set output "bench-scaling.svg"
	set title "The guest's instructions for one request, to shared (6.12)"
	set ylabel "instructions"
	plot "scale-scattered-linux.dat" using 1:3 linestyle 1 title "scattered, Linux", \
	     "scale-scattered-ghcb253.dat" using 1:3 linestyle 2 title "scattered, snp_psc", \
	     "scale-contiguous-linux.dat" using 1:3 linestyle 3 title "contiguous, Linux", \
	     "scale-contiguous-ghcb253.dat" using 1:3 linestyle 4 title "contiguous, snp_psc"
	unset logscale
}

if (there("vcpus-scattered-linux.dat")) {
	set output "bench-vcpus.svg"
	set title "Time of a request against vCPUs, on the SNP machine (6.12)"
	set xlabel "vCPUs"
	set ylabel "microseconds"
	set logscale y
	plot "vcpus-scattered-linux.dat" linestyle 1 title "254 scattered pages, Linux", \
	     "vcpus-scattered-ghcb253.dat" linestyle 2 title "254 scattered pages, snp_psc", \
	     "vcpus-contiguous-linux.dat" linestyle 3 title "64 contiguous pages, Linux", \
	     "vcpus-contiguous-ghcb253.dat" linestyle 4 title "64 contiguous pages, snp_psc"
	unset logscale
}

set style data histograms
set style fill solid 0.9
set boxwidth 0.9
set xlabel ""

if (there("instructions.dat")) {
	set output "bench-instructions.svg"
	set title "The guest's instructions a page, without VMGEXIT and PVALIDATE"
	set ylabel "instructions a page"
	set logscale y
	set yrange [10:*]
	set xtics rotate by -30
	plot "instructions.dat" using 2:xtic(1) lc rgb linux title "Linux", \
	     "" using 3 lc rgb ours title "snp_psc"
	set yrange [*:*]
}

if (there("model-linux.dat")) {
	set output "bench-cost.svg"
	set title "The cost model: a GiB to private, rmp=4k (6.12), lowest to highest costs"
	set ylabel "milliseconds"
	set logscale y
	set yrange [100:*]
	set xtics norotate
	set style histogram errorbars gap 2 lw 1.5
	plot "model-linux.dat" using 2:3:4:xtic(1) lc rgb linux title "Linux", \
	     "model-ghcb253.dat" using 2:3:4 lc rgb ours title "snp_psc"
}
