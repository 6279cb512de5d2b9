// SPDX-License-Identifier: GPL-2.0
/*
 * A camera writes into buffers of the heap, as vivid does: the kernel's driver that makes up
 * its pictures.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "dmabuf.h"

enum {
	BUFFERS	= 2,
	BARS	= 8,		/* of colour, in what vivid shows if it is told nothing */
	KIND	= V4L2_BUF_TYPE_VIDEO_CAPTURE,
	MEMORY	= V4L2_MEMORY_DMABUF,
};

static void ask(int camera, unsigned long request, void *arg, const char *what)
{
	if (ioctl(camera, request, arg))
		err(1, "%s", what);
}

static struct v4l2_pix_format set_format(int camera)
{
	struct v4l2_format f = {
		.type = KIND,
		.fmt.pix = { .width = 320, .height = 180, .pixelformat = V4L2_PIX_FMT_YUYV },
	};

	ask(camera, VIDIOC_S_FMT, &f, "VIDIOC_S_FMT");
	return f.fmt.pix;
}

/* Which of the buffers has a picture. */
static unsigned int take_picture(int camera, const struct buffer *b)
{
	struct v4l2_requestbuffers request = { BUFFERS, .type = KIND, .memory = MEMORY };
	struct v4l2_buffer q = { .type = KIND, .memory = MEMORY };
	int kind = KIND;

	ask(camera, VIDIOC_REQBUFS, &request, "VIDIOC_REQBUFS");
	for (q.index = 0; q.index < BUFFERS; q.index++) {
		q.m.fd = b[q.index].fd;
		ask(camera, VIDIOC_QBUF, &q, "VIDIOC_QBUF");
	}
	ask(camera, VIDIOC_STREAMON, &kind, "VIDIOC_STREAMON");
	ask(camera, VIDIOC_DQBUF, &q, "VIDIOC_DQBUF");
	return q.index;
}

/* In the last line there is nothing but the bars; two pixels are a word. */
static void expect_bars(const struct buffer *b, const struct v4l2_pix_format *p)
{
	const unsigned int *line = (void *)((char *)b->page + (p->height - 1) * p->bytesperline);
	unsigned int width = p->width / 2 / BARS;

	for (unsigned int i = 0; i < BARS; i++) {
		const unsigned int *middle = line + i * width + width / 2;

		if (middle[0] != middle[1])
			errx(1, "bar %u has two colours", i);
		if (i + 1 < BARS && middle[0] == middle[width])
			errx(1, "bars %u and %u have one colour", i, i + 1);
	}
}

static void host_sees_the_same(const struct buffer *b)
{
	const unsigned int *word = (const unsigned int *)b->page;

	for (size_t i = 0; i < b->n * PAGE / sizeof(*word); i++) {
		port_write(SEL_GFN, b->pfn[i * sizeof(*word) / PAGE]);
		port_write(SEL_WORD, i % (PAGE / sizeof(*word)));
		if (port_read(SEL_VALUE) != (1ull << 32 | word[i]))
			errx(1, "word %zu: the host sees something else", i);
	}
}

/* What the camera writes the process sees, and the host. */
int cmd_camera(char **args)
{
	int camera = open(args[0], O_RDWR | O_CLOEXEC);
	struct v4l2_pix_format format;
	struct buffer b[BUFFERS], *picture;

	if (camera < 0)
		err(1, "%s", args[0]);
	format = set_format(camera);
	for (int i = 0; i < BUFFERS; i++) {
		b[i] = make_buffer((format.sizeimage + PAGE - 1) / PAGE);
		expect_zero(&b[i]);
	}
	picture = &b[take_picture(camera, b)];
	open_host();
	find_pfns(picture);
	expect_bars(picture, &format);
	host_sees_the_same(picture);
	close(camera);
	for (int i = 0; i < BUFFERS; i++)
		drop_buffer(&b[i]);
	return 0;
}
